with source as (
    {{ corrected(source('lake', 'emergency__disasters')) }}
),

latest as (
    select *
    from source
    qualify row_number() over (
        partition by person_key, disaster_date
        order by _period_end desc, _batch_no desc, _row_number desc
    ) = 1
),

renamed as (
    select
        -- ids
        person_key,
        hint_head_key,
        hint_tail_key,
        -- dates
        disaster_date,
        person_birth_date as birth_date,
        -- categories
        disaster_code,
        aid_note,
        person_sex_code as sex_code,
        name_masked,
        -- amounts
        affected_count,
        damaged_rooms_count,
        loss_yuan,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
