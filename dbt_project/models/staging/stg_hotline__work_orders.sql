with source as (
    {{ corrected(source('lake', 'hotline__work_orders')) }}
),

-- An order is sent when it comes and again when it is closed: its last state counts.
latest as (
    select *
    from source
    qualify row_number() over (partition by order_id order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        order_id,
        person_key,
        -- dates
        called_at,
        closed_at,
        person_birth_date as birth_date,
        -- categories
        area_code,
        topic_code,
        handling_org,
        satisfaction_code,
        person_sex_code as sex_code,
        -- flags
        closed_at is not null as is_closed,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
