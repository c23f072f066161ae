with source as (
    {{ corrected(source('lake', 'civil_affairs__case_events')) }}
),

-- A node that ends later is sent again: the last state counts.
latest as (
    select *
    from source
    qualify row_number() over (
        partition by case_id_civil_affairs, node_code, started_at
        order by _period_end desc, _batch_no desc, _row_number desc
    ) = 1
),

renamed as (
    select
        -- ids
        case_id_civil_affairs,
        person_key,
        household_id_civil_affairs,
        -- dates
        started_at,
        ended_at,
        person_birth_date as birth_date,
        -- categories
        node_code,
        result_code,
        channel_code,
        area_code,
        handler_org,
        items,
        person_sex_code as sex_code,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
