with source as (
    {{ corrected(source('lake', 'health__deaths')) }}
),

-- A death may be reported again with another date: the last report counts.
latest as (
    select *
    from source
    qualify row_number() over (partition by person_key order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        person_key,
        hint_head_key,
        hint_tail_key,
        -- dates
        death_date,
        reported_date,
        person_birth_date as birth_date,
        -- categories
        person_sex_code as sex_code,
        name_masked,
        -- provenance
        _corrections
    from latest
)

select * from renamed
